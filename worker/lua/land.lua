-- Records which of a Thing's delivered shadows have landed; with a reason to stop, that the others have not.
-- KEYS: job.  ARGV: id, Thing, token, landed (JSON: name to version), what stops the wait ('' = nothing), whether that says that they did
--   not land (1) or that nobody knows (0)
-- Returns how many have still to land, or -1 where the token is no longer the holder's.
local job = find_job(ARGV[1])
local thing = job and thing_of(job, ARGV[2])
local record, now = thing and load(thing, THING), now_ms()
if not record or record[TOKEN] ~= ARGV[3] then
  return -1
end
local landed, stop_text, known = cjson.decode(ARGV[4]), ARGV[5], ARGV[6] == '1'
for name, packed in pairs(shadows(thing)) do
  local shadow = cjson.decode(packed)
  if shadow[DELIVERED_AT] and shadow[LANDED] == '' then
    if landed[name] then
      shadow[LANDED], shadow[LANDED_VERSION], shadow[LANDING_MS] = 1, landed[name], now - shadow[DELIVERED_AT]
      redis.call('HINCRBY', job.key, 'shadows.landed', 1)
      tally(job, 'landings', 'landed')
      record[AWAITED] = record[AWAITED] - 1
    elseif stop_text ~= '' and known then
      shadow[LANDED], shadow[ERROR] = 0, stop_text
      redis.call('HINCRBY', job.key, 'shadows.unlanded', 1)
      tally(job, 'landings', 'late')
      note_error(job, thing.name, name, stop_text)
      record[AWAITED], record[BAD] = record[AWAITED] - 1, record[BAD] + 1
    end
    save(thing, name, shadow)
  end
end
if stop_text ~= '' and not known then
  -- The listing can have left an error, too.
  record[ERROR], record[AWAITED] = record[ERROR] == '' and stop_text or record[ERROR] .. '; ' .. stop_text, 0
end
if record[AWAITED] > 0 then
  save(thing, THING, record)
else
  record[TOKEN], record[HELD] = '', 0
  settle(job, thing, record, now)
  abort_if_too_much_failed(job, now)
end
return record[AWAITED]

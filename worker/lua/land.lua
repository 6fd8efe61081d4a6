-- Records which of a Thing's delivered shadows have landed; with a reason to stop, that the others have not.
-- KEYS: job, thing, due.  ARGV: member, token, landed (JSON: name to version), what stops the wait ('' = nothing), whether that says that
--   they did not land (1) or that nobody knows (0), retention ms, channel
-- Returns how many have still to land, or -1 where the token is no longer the holder's.
local thing, now = load(KEYS[2], THING), now_ms()
if not thing or TERMINAL[thing[STATUS]] or thing[TOKEN] ~= ARGV[2] then
  return -1
end
local landed, stop, known = cjson.decode(ARGV[3]), ARGV[4], ARGV[5] == '1'
for name, packed in pairs(shadows(KEYS[2])) do
  local shadow = cjson.decode(packed)
  if shadow[DELIVERED_AT] and shadow[LANDED] == '' then
    if landed[name] then
      shadow[LANDED], shadow[LANDED_VERSION], shadow[LANDING_MS] = 1, landed[name], now - shadow[DELIVERED_AT]
      redis.call('HINCRBY', KEYS[1], 'shadows.landed', 1)
      thing[AWAITED] = thing[AWAITED] - 1
    elseif stop ~= '' and known then
      shadow[LANDED], shadow[ERROR] = 0, stop
      redis.call('HINCRBY', KEYS[1], 'shadows.unlanded', 1)
      thing[AWAITED], thing[BAD] = thing[AWAITED] - 1, thing[BAD] + 1
    end
    save(KEYS[2], name, shadow)
  end
end
if stop ~= '' and not known then
  -- The listing can have left an error, too.
  thing[ERROR], thing[AWAITED] = thing[ERROR] == '' and stop or thing[ERROR] .. '; ' .. stop, 0
end
if thing[AWAITED] > 0 then
  save(KEYS[2], THING, thing)
else
  thing[TOKEN], thing[HELD] = '', 0
  settle(KEYS[1], KEYS[2], KEYS[3], ARGV[1], thing, now, tonumber(ARGV[6]), ARGV[7])
end
return thing[AWAITED]

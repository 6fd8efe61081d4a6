-- Adds a page of a Thing's named shadows as pending work, and renews the lister's lease.
-- KEYS: job.  ARGV: id, Thing, token, rows (JSON: name to version; '' = not asked), name, ...
-- Returns the names that are to be woken, or nil where the token is no longer the holder's. A queue that is full gets no more: what it
-- has no room for is due at once, and woken when there is room.
local job = find_job(ARGV[1])
local thing = job and thing_of(job, ARGV[2])
local now, record, fresh, woken = now_ms(), thing and load(thing, THING), 0, {}
if not record or record[LISTED] == 1 or record[TOKEN] ~= ARGV[3] then
  return nil
end
local rows, room = ARGV[4] ~= '' and cjson.decode(ARGV[4]), WINDOW - redis.call('LLEN', job.queue)
for i = 5, #ARGV do
  local name = ARGV[i]
  local row = rows and ',"' .. (rows[name] or '') .. '"' or ''
  if redis.call('HSETNX', thing.key, name, '["pending",0,0,0,0,"","","","",""' .. row .. ']') == 1 then
    fresh = fresh + 1
    if #woken < room then
      woken[#woken + 1] = name
    end
    redis.call('ZADD', job.due, fresh == #woken and now + GRACE_MS or now, member_of(thing, name))
  end
end
record[OPEN], record[HELD] = record[OPEN] + fresh, now + LEASE_MS
save(thing, THING, record)
redis.call('ZADD', job.due, record[HELD], thing.member)
redis.call('HINCRBY', job.key, 'shadows.total', fresh)
redis.call('HINCRBY', job.key, 'shadows.pending', fresh)
return woken

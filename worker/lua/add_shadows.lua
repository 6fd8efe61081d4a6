-- Adds a page of a Thing's named shadows as pending work, and renews the lister's lease.
-- KEYS: job, thing, due.  ARGV: member of the Thing, token, lease ms, grace ms, rows (JSON: name to version; '' = not asked), name, ...
-- Returns the names that were not known yet, or nil where the token is no longer the holder's.
local member, token, lease_ms, grace_ms = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local now, thing, fresh = now_ms(), load(KEYS[2], THING), {}
if not thing or thing[LISTED] == 1 or thing[TOKEN] ~= token then
  return nil
end
local rows = ARGV[5] ~= '' and cjson.decode(ARGV[5])
for i = 6, #ARGV do
  local name = ARGV[i]
  local row = rows and ',"' .. (rows[name] or '') .. '"' or ''
  if redis.call('HSETNX', KEYS[2], name, '["pending",0,0,0,0,"","","","",""' .. row .. ']') == 1 then
    fresh[#fresh + 1] = name
    redis.call('ZADD', KEYS[3], now + grace_ms, member .. '/' .. name)
  end
end
thing[OPEN], thing[HELD] = thing[OPEN] + #fresh, now + lease_ms
save(KEYS[2], THING, thing)
redis.call('ZADD', KEYS[3], thing[HELD], member)
redis.call('HINCRBY', KEYS[1], 'shadows.total', #fresh)
redis.call('HINCRBY', KEYS[1], 'shadows.pending', #fresh)
return fresh

-- Ends a shadow. A terminal state never changes; a failure counts only from the lease's holder, a success from whoever achieved it.
-- KEYS: job, thing, due.  ARGV: member, field, token, status, version, Lambda status, request id, error, retention ms, channel
-- Returns 1, or 0 where the shadow had ended or somebody else holds it.
local field, token, status = ARGV[2], ARGV[3], ARGV[4]
local shadow = load(KEYS[2], field)
if not shadow or TERMINAL[shadow[STATUS]] or (status == 'failed' and shadow[TOKEN] ~= token) then
  return 0
end
shadow[TOKEN], shadow[HELD], shadow[ERROR] = '', 0, ARGV[8]
shadow[VERSION], shadow[LAMBDA_STATUS], shadow[REQUEST_ID] = ARGV[5], ARGV[6], ARGV[7]
move(KEYS[1], 'shadows', shadow, status)
save(KEYS[2], field, shadow)
redis.call('ZREM', KEYS[3], ARGV[1])
local thing = load(KEYS[2], THING)
thing[OPEN] = thing[OPEN] - 1
if status == 'failed' then
  thing[BAD] = thing[BAD] + 1
end
settle(KEYS[1], KEYS[2], thing, now_ms(), tonumber(ARGV[9]), ARGV[10])
return 1

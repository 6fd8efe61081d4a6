-- Ends a shadow. A terminal state never changes; a failure counts only from the lease's holder, a success from whoever achieved it.
-- KEYS: job, thing, due.  ARGV: member, field, token, status, version, Lambda status, request id, error, retention ms, channel, verify (0, 1),
--   member of the Thing
-- Returns 1, 2 where the Thing's shadows have now to land, or 0 where the shadow had ended or somebody else holds it.
local field, token, status = ARGV[2], ARGV[3], ARGV[4]
local shadow = load(KEYS[2], field)
if not shadow or TERMINAL[shadow[STATUS]] or (status == 'failed' and shadow[TOKEN] ~= token) then
  return 0
end
shadow[TOKEN], shadow[HELD], shadow[ERROR] = '', 0, ARGV[8]
shadow[VERSION], shadow[LAMBDA_STATUS], shadow[REQUEST_ID] = ARGV[5], ARGV[6], ARGV[7]
-- A cancelled job waits for no row.
local now, awaited = now_ms(), status == 'delivered' and ARGV[11] == '1' and not is_cancelled(KEYS[1])
if awaited then
  shadow[ROW], shadow[LANDED], shadow[LANDED_VERSION], shadow[LANDING_MS], shadow[DELIVERED_AT] = shadow[ROW] or '', '', '', '', now
end
move(KEYS[1], 'shadows', shadow, status)
save(KEYS[2], field, shadow)
redis.call('ZREM', KEYS[3], ARGV[1])
local thing = load(KEYS[2], THING)
thing[OPEN] = thing[OPEN] - 1
if status == 'failed' then
  thing[BAD] = thing[BAD] + 1
end
if awaited then
  thing[AWAITED] = thing[AWAITED] + 1
end
settle(KEYS[1], KEYS[2], KEYS[3], ARGV[12], thing, now, tonumber(ARGV[9]), ARGV[10])
return is_landing(thing) and 2 or 1

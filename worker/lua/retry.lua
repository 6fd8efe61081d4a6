-- Gives a leased piece of work back, to be looked at again after a delay.
-- KEYS: job, thing, due.  ARGV: member, field, token, delay ms, charge (0: this attempt does not count), error, Lambda status, request id,
--   member of the Thing, retention ms, channel
-- Returns 1, or 0 where the token is no longer the holder's.
local member, field, token, delay_ms = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local scope = field == THING and 'things' or 'shadows'
local record = load(KEYS[2], field)
if not record or TERMINAL[record[STATUS]] or record[TOKEN] ~= token then
  return 0
end
record[HELD], record[TOKEN] = now_ms() + delay_ms, ''
if ARGV[5] == '0' then
  record[CHARGED] = record[CHARGED] - 1
end
-- Of a Thing that is landing it is the listing's.
if field ~= THING or record[LISTED] == 0 then
  record[ERROR] = ARGV[6]
end
if field ~= THING then
  record[LAMBDA_STATUS], record[REQUEST_ID] = ARGV[7], ARGV[8]
end
if field ~= THING and is_cancelled(KEYS[1]) then
  local thing = load(KEYS[2], THING)
  cancel_shadow(KEYS[1], KEYS[2], KEYS[3], member, thing, field, record)
  settle(KEYS[1], KEYS[2], KEYS[3], ARGV[9], thing, now_ms(), tonumber(ARGV[10]), ARGV[11])
  return 1
end
move(KEYS[1], scope, record, 'pending')
save(KEYS[2], field, record)
redis.call('ZADD', KEYS[3], record[HELD], member)
return 1

-- Put in front of every script of the job store: the keys, the records, and the moves that they share. Before it stand the constants
-- PREFIX, CHANNEL, RETENTION_MS, RESULTS_MS, GRACE_MS, LEASE_MS, WINDOW, BACKLOG, THING_TPS and CONFIRM_MS.
-- A record is a JSON array in the Thing's hash: of the Thing itself under '.', of a shadow under its name.
local STATUS, ATTEMPTS, CHARGED, FIRST, HELD, TOKEN, ERROR = 1, 2, 3, 4, 5, 6, 7
local VERSION, LAMBDA_STATUS, REQUEST_ID = 8, 9, 10 -- of a shadow
-- Of a shadow whose rows are asked for: the version of its row before the job; landed (1, 0), in which version, after how many ms; when
-- it was delivered. '' is not known, or not asked.
local ROW, LANDED, LANDED_VERSION, LANDING_MS, DELIVERED_AT = 11, 12, 13, 14, 15
-- Of a Thing: listing done (0 or 1), shadows not ended, shadows failed or not landed, shadows that have still to land, the only shadows
-- that are wanted (names with slashes between; '' = all).
local LISTED, OPEN, BAD, AWAITED, ONLY = 8, 9, 10, 11, 12
local THING = '.'
local TERMINAL = { delivered = true, skipped = true, failed = true, cancelled = true, succeeded = true }
-- In the place of a token: nobody holds it, but its place in its Thing's stream of requests is reserved.
local RESERVED = '@'
local ERROR_CLASSES = 20
local RATE_MS = 10000

-- The server's clock, in milliseconds: the workers' clocks need not agree.
local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- The keys of a job, or nil where it is unknown or has expired. `selection` is the work of finding out which Things it is about;
-- `waiting` are Things (each a name, and maybe /shadow/shadow: the only ones wanted) that have not been begun, `open` those that have;
-- `parked` is what was due when the job was paused; `results` are the Things that have ended, packed.
local function find_job(id)
  local key = PREFIX .. 'job:' .. id
  local lane = redis.call('HGET', key, 'lane')
  return lane and {
    id = id, key = key, lane = lane, due = PREFIX .. 'due:' .. lane, feeding = PREFIX .. 'feeding:' .. lane, queue = PREFIX .. lane,
    selection = key .. ':selection', waiting = key .. ':waiting', open = key .. ':open', parked = key .. ':parked',
    results = key .. ':results', errors = key .. ':errors',
  } or nil
end

-- A Thing of a job; named '', what selects its Things. `member`: as it stands in the due set.
local function thing_of(job, name)
  if name == '' then
    return { name = '', key = job.selection, member = job.id }
  end
  return { name = name, key = job.key .. ':thing:' .. name, member = job.id .. '/' .. name }
end

local function member_of(thing, shadow)
  return shadow == '' and thing.member or thing.member .. '/' .. shadow
end

local function load(thing, field)
  local packed = redis.call('HGET', thing.key, field)
  return packed and cjson.decode(packed) or nil
end

local function save(thing, field, record)
  redis.call('HSET', thing.key, field, cjson.encode(record))
end

-- The packed records of a Thing's shadows, by name.
local function shadows(thing)
  local all, flat = {}, redis.call('HGETALL', thing.key)
  for i = 1, #flat, 2 do
    if flat[i] ~= THING then
      all[flat[i]] = flat[i + 1]
    end
  end
  return all
end

-- Sets a record's status and keeps the job's counters exact. The counters are named `things.<status>` and `shadows.<status>`.
local function move(job, scope, record, status)
  redis.call('HINCRBY', job.key, scope .. '.' .. record[STATUS], -1)
  redis.call('HINCRBY', job.key, scope .. '.' .. status, 1)
  record[STATUS] = status
end

local function count(job, counter)
  return tonumber(redis.call('HGET', job.key, counter) or '0')
end

-- Counts what the metrics tell, over all jobs of the lane: worker/counters.py says what there is.
local function tally(job, what, kind, by)
  redis.call('HINCRBY', PREFIX .. 'counters', what .. ':' .. job.lane .. (kind and ':' .. kind or ''), by or 1)
end

-- 'cancelled' or 'aborted', once the job is to end before its time.
local function stopped(job)
  return redis.call('HGET', job.key, 'stopped')
end

local function is_paused(job)
  return redis.call('HEXISTS', job.key, 'paused') == 1
end

-- Counts an error under its class, and keeps the first of each.
local function note_error(job, thing_name, shadow, text)
  local class = string.match(text, '^(%a[%w_.]*):') or (string.find(text, 'no named shadows', 1, true) and 'NoNamedShadows') or 'Other'
  local known = redis.call('HGET', job.errors, class)
  if not known and redis.call('HLEN', job.errors) >= ERROR_CLASSES then
    class = 'Other'
    known = redis.call('HGET', job.errors, class)
  end
  local noted = known and cjson.decode(known) or { 0, thing_name, shadow, text }
  noted[1] = noted[1] + 1
  redis.call('HSET', job.errors, class, cjson.encode(noted))
end

-- The pace of the last seconds: a mean in which what is RATE_MS old counts a third.
local function note_rate(job, now)
  local kept = redis.call('HMGET', job.key, 'rate', 'rateAt')
  local rate = tonumber(kept[1] or '0') * math.exp((tonumber(kept[2] or now) - now) / RATE_MS) + 1000 / RATE_MS
  redis.call('HSET', job.key, 'rate', string.format('%.4f', rate), 'rateAt', now)
end

local function end_job(job, now)
  local unlanded = count(job, 'shadows.unlanded')
  local good = count(job, 'shadows.delivered') + count(job, 'shadows.skipped') - unlanded
  local bad = count(job, 'shadows.failed') + count(job, 'things.failed') + unlanded
  if redis.call('HEXISTS', job.key, 'error') == 1 then
    bad = bad + 1
  end
  local status = stopped(job) or (bad == 0 and 'succeeded') or (good > 0 and 'partial') or 'failed'
  local keep = math.max(RETENTION_MS, tonumber(redis.call('HGET', job.key, 'keepUntil') or '0') - now)
  -- What a job of one Thing tells is its details.
  local keep_results = redis.call('HEXISTS', job.key, 'thing') == 1 and keep or math.min(RESULTS_MS, keep)
  redis.call('HSET', job.key, 'status', status, 'finishedAt', now, 'resultsUntil', now + keep_results)
  tally(job, 'jobs_ended', status)
  redis.call('PEXPIRE', job.key, keep)
  redis.call('PEXPIRE', job.errors, keep)
  redis.call('PEXPIRE', job.results, keep_results)
  redis.call('UNLINK', job.waiting, job.open, job.parked, job.selection)
  redis.call('LREM', job.feeding, 0, job.id)
  redis.call('ZREM', job.due, job.id)
  redis.call('PUBLISH', CHANNEL, job.id)
end

-- Ends the job once it is known which Things it has, and none of them is open.
local function end_if_done(job, now)
  local is_open = redis.call('HEXISTS', job.key, 'resolving') == 1 or redis.call('HEXISTS', job.key, 'finishedAt') == 1
  if not is_open and count(job, 'things.pending') + count(job, 'things.running') == 0 then
    end_job(job, now)
  end
end

-- Whether the Thing's shadows have all ended, and some of them have still to land.
local function is_landing(record)
  return record[LISTED] == 1 and record[OPEN] == 0 and (record[AWAITED] or 0) > 0
end

-- The Thing and its shadows as one entry of the results. What is empty at the end of a shadow's record is left out.
local function pack(thing, record)
  local packed = { thing.name, record[STATUS], record[ERROR] }
  for name, text in pairs(shadows(thing)) do
    local one = cjson.decode(text)
    local told = { name, one[STATUS], one[ATTEMPTS], one[ERROR], one[VERSION], one[LAMBDA_STATUS], one[REQUEST_ID],
      one[ROW] or '', one[LANDED] or '', one[LANDED_VERSION] or '', one[LANDING_MS] or '' }
    while told[#told] == '' do
      told[#told] = nil
    end
    packed[#packed + 1] = told
  end
  return cjson.encode(packed)
end

-- Ends the Thing once it is listed, none of its shadows is open and all have landed that are to, and the job once none of its Things is
-- open. Saves the Thing's record. Where shadows have still to land, the Thing is due again, now.
local function settle(job, thing, record, now)
  if record[LISTED] ~= 1 or record[OPEN] > 0 or is_landing(record) then
    if is_landing(record) then
      redis.call('ZADD', job.due, now, thing.member)
    end
    save(thing, THING, record)
    return
  end
  local bad = record[ERROR] ~= '' or record[BAD] > 0
  move(job, 'things', record, stopped(job) and 'cancelled' or bad and 'failed' or 'succeeded')
  if record[ERROR] ~= '' then
    redis.call('HINCRBY', job.key, 'things.broken', 1)
    note_error(job, thing.name, '', record[ERROR])
  end
  redis.call('RPUSH', job.results, pack(thing, record))
  redis.call('UNLINK', thing.key)
  redis.call('SREM', job.open, thing.name)
  redis.call('ZREM', job.due, thing.member)
  end_if_done(job, now)
end

-- Ends one shadow of a stopped job, of which no attempt is under way.
local function cancel_shadow(job, thing, record, name, shadow)
  shadow[TOKEN], shadow[HELD] = '', 0
  move(job, 'shadows', shadow, 'cancelled')
  tally(job, 'shadows', 'cancelled')
  save(thing, name, shadow)
  redis.call('ZREM', job.due, member_of(thing, name))
  record[OPEN] = record[OPEN] - 1
end

-- Has the job end before its time: what is pending ends, what a worker holds ends with its attempt, and nothing further is begun.
local function stop(job, how, now)
  redis.call('HSET', job.key, 'stopped', how)
  local unfed = redis.call('SCARD', job.waiting)
  redis.call('UNLINK', job.waiting, job.parked, job.selection)
  redis.call('HINCRBY', job.key, 'things.pending', -unfed)
  redis.call('HINCRBY', job.key, 'things.cancelled', unfed)
  redis.call('HDEL', job.key, 'resolving', 'paused', 'pausedAt')
  redis.call('LREM', job.feeding, 0, job.id)
  redis.call('ZREM', job.due, job.id)
  for _, name in ipairs(redis.call('SMEMBERS', job.open)) do
    local thing = thing_of(job, name)
    local record = load(thing, THING)
    for shadow_name, packed in pairs(shadows(thing)) do
      local shadow = cjson.decode(packed)
      if shadow[STATUS] == 'pending' then
        cancel_shadow(job, thing, record, shadow_name, shadow)
      end
    end
    if record[LISTED] == 0 then
      redis.call('HINCRBY', job.key, 'things.unlisted', -1)
      -- Of an attempt; how it would have ended nobody knows.
      record[ERROR] = ''
    end
    -- Whoever lists the Thing now finds that it is no longer his.
    record[LISTED], record[AWAITED], record[TOKEN], record[HELD] = 1, 0, '', 0
    settle(job, thing, record, now)
  end
  if redis.call('HEXISTS', job.key, 'finishedAt') == 0 then
    redis.call('HSET', job.key, 'status', redis.call('HEXISTS', job.key, 'startedAt') == 1 and 'running' or 'queued')
    end_if_done(job, now)
  end
end

-- Stops the job once more of it has failed than it tolerates.
local function abort_if_too_much_failed(job, now)
  local limits = redis.call('HMGET', job.key, 'failedPercent', 'failedMinimum', 'stopped', 'finishedAt')
  if not limits[1] or limits[3] or limits[4] then
    return
  end
  local failed = count(job, 'shadows.failed') + count(job, 'shadows.unlanded') + count(job, 'things.broken')
  local ended = count(job, 'shadows.delivered') + count(job, 'shadows.skipped') + count(job, 'shadows.failed') + count(job, 'things.broken')
  if ended >= tonumber(limits[2]) and failed * 100 > tonumber(limits[1]) * ended then
    redis.call('HSET', job.key, 'error',
      string.format('ToleranceExceededError: %d of %d failed, more than %s %%', failed, ended, limits[1]))
    stop(job, 'aborted', now)
  end
end

-- Begins a Thing: from now on it is due.
local function feed(job, entry, now)
  local name, only = string.match(entry, '^([^/]*)/?(.*)$')
  local thing = thing_of(job, name)
  save(thing, THING, { 'pending', 0, 0, 0, 0, '', '', 0, 0, 0, 0, only })
  redis.call('SADD', job.open, name)
  redis.call('HINCRBY', job.key, 'things.unlisted', 1)
  redis.call('ZADD', job.due, now + GRACE_MS, thing.member)
  return thing.member
end

-- Lets the feeder have the job.
local function enter_feeding(job)
  if redis.call('EXISTS', job.waiting) == 1 then
    redis.call('RPUSH', job.feeding, job.id)
  end
end

-- It is known which Things the job has: they stand in `waiting`, and are counted as pending.
local function begin(job, now)
  redis.call('HDEL', job.key, 'resolving')
  redis.call('UNLINK', job.selection)
  redis.call('ZREM', job.due, job.id)
  local above = redis.call('HGET', job.key, 'confirmAbove')
  if count(job, 'things.total') == 0 then
    redis.call('HSET', job.key, 'error', 'NoThingsError: the selection has no Things')
    end_job(job, now)
  elseif above and count(job, 'things.total') > tonumber(above) then
    redis.call('HSET', job.key, 'status', 'awaiting_confirmation', 'confirmUntil', now + CONFIRM_MS)
    -- It is at rest, and who confirms it wants it to begin.
    redis.call('HDEL', job.key, 'paused', 'pausedAt')
    redis.call('ZADD', job.due, now + CONFIRM_MS, job.id)
    redis.call('PUBLISH', CHANNEL, job.id)
  else
    redis.call('HSET', job.key, 'status', 'queued')
    enter_feeding(job)
  end
end

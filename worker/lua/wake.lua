-- Says what is to be woken in a lane: what is overdue, as far as its queue has room; and Things that have not been begun, as far as the
-- window has room, fairly shared between the jobs that have some.
-- ARGV: lane
-- Returns members of the due set.
local lane, now = ARGV[1], now_ms()
local due, feeding = PREFIX .. 'due:' .. lane, PREFIX .. 'feeding:' .. lane
local members, room = {}, WINDOW - redis.call('LLEN', PREFIX .. lane)
-- A queue that is not empty gives its workers enough to do: only the room is filled, or a long queue would be doubled.
if room > 0 then
  -- Some of the room is for jobs that have not begun.
  local kept = math.min(redis.call('LLEN', feeding), math.floor(room / 2))
  members = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, room - kept)
  for _, member in ipairs(members) do
    redis.call('ZADD', due, now + GRACE_MS, member)
  end
end

-- A job as the feeder sees it: how many shadows a Thing of it may have, and how many it has in the window, or soon will.
local function in_window(id)
  local job = find_job(id)
  local kept = job and redis.call('HMGET', job.key, 'things.unlisted', 'things.listed', 'shadows.total', 'shadows.pending',
    'shadows.running', 'maxRate')
  if not kept then
    return nil
  end
  local unlisted, listed, total = tonumber(kept[1] or 0), tonumber(kept[2] or 0), tonumber(kept[3] or 0)
  -- Of the first Thing it is not known; a page of them is as much as comes at once.
  job.expected = listed == 0 and 100 or math.max(1, math.ceil(total / listed))
  job.soon = unlisted * (job.expected - 1)
  job.inside = tonumber(kept[4] or 0) + tonumber(kept[5] or 0) + redis.call('SCARD', job.open) + job.soon
  -- A slow job needs little at a time; but a Thing with many shadows is slow, too.
  local rate = tonumber(kept[6] or 0)
  local things = math.ceil(rate / THING_TPS) + 1
  job.most = rate > 0 and math.max(1, math.ceil(rate * 2), job.expected > THING_TPS and things * job.expected or 0) or WINDOW
  return job
end

local jobs, soon = {}, 0
for _, id in ipairs(redis.call('LRANGE', feeding, 0, -1)) do
  local job = in_window(id)
  if job then
    jobs[#jobs + 1], soon = job, soon + job.soon
  else
    redis.call('LREM', feeding, 0, id)
  end
end
-- Half of it is left for what turns out to have more shadows than expected.
local half = math.max(1, math.floor(WINDOW / 2))
-- What waits for a confirmation is due much later.
local free = half - redis.call('ZCOUNT', due, '-inf', now + LEASE_MS + 60000) - soon
for _, job in ipairs(jobs) do
  local share = math.min(free, math.min(math.ceil(half / #jobs), job.most) - job.inside)
  local things = math.floor(share / job.expected)
  -- However little room there is, every job goes on.
  if things < 1 and job.inside == 0 then
    things = 1
  end
  things = math.min(things, room - #members)
  if things > 0 then
    for _, entry in ipairs(redis.call('SPOP', job.waiting, things)) do
      members[#members + 1] = feed(job, entry, now)
      free = free - job.expected
    end
    if redis.call('EXISTS', job.waiting) == 0 then
      redis.call('LREM', feeding, 0, job.id)
    end
  end
end
-- Who comes first now comes last the next time.
redis.call('LMOVE', feeding, feeding, 'LEFT', 'RIGHT')
return members

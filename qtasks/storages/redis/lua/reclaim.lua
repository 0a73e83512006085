-- Takes back the tasks of sessions that are over.
--
-- ARGV     [4] how many at most; how many drops end a task; the chunk of a retry; the
--          failure of a task lost too often; then number and session, again and again
-- Result   the changes; the numbers of the sessions that hold nothing here any more
local limit, max_drops, retry, failure = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6], ARGV[7]

local function is_hopeless(t, started)
  if started then
    t.losses = t.losses + 1
    count(t, 'lost', 1)
    return t.losses >= t.max_losses
  end
  t.drops = t.drops + 1
  return t.drops >= max_drops
end

local function lose(t)
  local started = t.started == 1
  release(t)
  local hopeless = is_hopeless(t, started)
  if t.cancelling == 1 then
    finish(t, CANCEL, asked_reason(t))
  elseif hopeless then
    finish(t, ERROR, failure)
  elseif started then
    t.seq = t.seq + 1
    add_chunk(t, 1, retry)
    make_ready(t)
  else
    t.attempt = t.attempt - 1
    make_ready(t)
  end
  save(t)
end

local changes, empty = {}, {}
for i = 8, #ARGV, 2 do
  local number, session = ARGV[i], ARGV[i + 1]
  if redis.call('HGET', base .. 'live', session) == number then
    redis.call('HDEL', base .. 'live', session)
    redis.call('HDEL', base .. 'owners', session)
  end
  local room = limit - #changes
  local ids = redis.call('ZRANGEBYSCORE', base .. 'held', number, number, 'LIMIT', 0, room)
  for _, id in ipairs(ids) do
    local t = load(id)
    if t then
      lose(t)
      changes[#changes + 1] = change(t)
    else
      zrem('held', id)
    end
  end
  if #ids < room then empty[#empty + 1] = number end
end
flush()
return { changes, empty }

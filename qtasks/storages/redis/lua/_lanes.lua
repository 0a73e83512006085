-- Walks the ready tasks a worker may have, in order over all their lanes.
--
-- Expects from ARGV[at]: app, count of queues, the queues, then the names served.
local FETCH = 64

local function open_lane(queue, task)
  local text = queue .. '\n' .. task
  return { text = text, key = base .. 'l:' .. text, queue = queue, task = task, taken = 0,
    at = 1, heads = {} }
end

-- The lane's first task that was not taken, as id and score.
local function head(lane)
  if lane.at > #lane.heads then
    lane.heads = redis.call('ZRANGE', lane.key, lane.taken, lane.taken + FETCH - 1,
      'WITHSCORES')
    lane.at = 1
  end
  local id = lane.heads[lane.at]
  return id, id and tonumber(lane.heads[lane.at + 1])
end

local function take(lane)
  lane.at = lane.at + 2
  lane.taken = lane.taken + 1
end

local function open_lanes(at)
  local app, queues, served, found = ARGV[at], tonumber(ARGV[at + 1]), {}, {}
  for i = at + 2 + queues, #ARGV do served[ARGV[i]] = true end
  for i = at + 2, at + 1 + queues do
    local queue = app .. '\n' .. ARGV[i]
    if redis.call('SISMEMBER', base .. 'paused', queue) == 0 then
      for _, task in ipairs(redis.call('SMEMBERS', base .. 'ls:' .. queue)) do
        if served[task] then found[#found + 1] = open_lane(queue, task) end
      end
    end
  end
  return found
end

-- The lane whose first task comes first, that task's id and score.
local function first_lane(open)
  local best, best_id, best_score
  for _, lane in ipairs(open) do
    local id, score = head(lane)
    if id and (not best or score < best_score) then
      best, best_id, best_score = lane, id, score
    end
  end
  return best, best_id, best_score
end

-- Bytes of the spec and of what the task was given; needs the whole string.
local function size_of(t)
  name(t)
  if not t.given then return t.spec_size end
  local at = log_start(t)
  while true do
    local kind, size = struct.unpack('<BI4', t.raw, at)
    if kind == INPUTS then return t.spec_size + size end
    at = at + 5 + size
  end
end

-- The session's number, or nil when as far as this slot can tell it is not live, was
-- ended, or belongs to another broker.
local function live_session(session, home)
  local number = redis.call('HGET', base .. 'live', session)
  if not number then return nil end
  if tonumber(redis.call('HGET', base .. 'owners', session)) ~= me then return nil end
  if home then
    local expires = redis.call('ZSCORE', base .. 'sessions', session)
    if not expires or tonumber(expires) <= now then return nil end
    local known = redis.call('HMGET', base .. 's:' .. session, 'owner', 'ending')
    if tonumber(known[1]) ~= me or known[2] then return nil end
  end
  return tonumber(number)
end

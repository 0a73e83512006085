-- Grants ready tasks to a session, in order.
--
-- ARGV[4]  the session
-- ARGV[5]  the worker
-- ARGV[6]  how many at most
-- ARGV[7]  how many bytes of specs and inputs at most
-- ARGV[8]  "1" when this partition is home and knows when sessions end
-- ARGV[9]  "1" when the first one is granted whatever its size
-- ARGV[10] how many expired ones to end at most
-- ARGV[11] app, count of queues, queues, names
-- Result   1 when it stopped at that many, else 0; then id and record, again and again
--
-- A task past its expiry ends here, and even the caller's own broker is told, for the
-- answer does not name it.
local session, worker, limit = ARGV[4], ARGV[5], tonumber(ARGV[6])
local room, skips = tonumber(ARGV[7]), tonumber(ARGV[10])
local result = { 0 }

local function grant(t, number)
  if may_expire(t) then zrem('expiry', t.id) end
  t.state = PROCESS
  t.session = number
  t.attempt = t.attempt + 1
  t.lease = t.lease + 1
  t.seq = t.seq + 1
  t.started, t.reported, t.settled = 0, 0, 0
  t.mark = #t.raw
  note(t, GRANTED, struct.pack('<I4dI4I2', t.seq, now, t.attempt, #worker) .. worker
    .. session)
  zadd('held', number, t.id)
  count(t, 'running', 1)
  save(t)
  result[#result + 1] = t.id
  result[#result + 1] = t.raw
end

local function expire(t)
  zrem('expiry', t.id)
  finish(t, CANCEL, 'expired')
  save(t, true)
end

local function fill(open, number)
  local granted, any_size = 0, ARGV[9] == '1'
  while true do
    local lane, id = first_lane(open)
    if not lane then return end
    local t = load(id)
    if not t or is_expired(t) then
      if skips == 0 then
        result[1] = 1
        return
      end
      skips = skips - 1
      take(lane)
      if t then expire(t) end
    else
      local size = size_of(t)
      if granted >= limit or (size > room and not any_size) then return end
      any_size = false
      room = room - size
      granted = granted + 1
      take(lane)
      grant(t, number)
    end
  end
end

local number = live_session(session, ARGV[8] == '1')
if number then
  local open = open_lanes(11)
  fill(open, number)
  for _, lane in ipairs(open) do
    if lane.taken > 0 then
      redis.call('ZREMRANGEBYRANK', lane.key, 0, lane.taken - 1)
      emptied[lane] = true
    end
  end
  flush()
end
return result

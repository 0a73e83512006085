-- Ends attempts under their leases.
--
-- ARGV     from [4] for each: id; lease, state, delay and keep (packed; keep -1: as it
--          was submitted); the session; the body
-- Result   for each: accepted, repeated, state, seq, time, due
local function answer(accepted, repeated, t)
  return struct.pack('<BBBI4dd', accepted, repeated, t and t.state or PROCESS,
    t and t.seq or 0, now, t and t.due or 0)
end

local function try_again(t, delay, chunk)
  t.state = RETRY
  t.seq = t.seq + 1
  add_chunk(t, 1, chunk)
  count(t, 'retry', 1)
  if delay > 0 then
    t.due = now + delay
    add_to_delayed(t)
  else
    make_ready(t)
  end
end

local function end_attempt(t, state, delay, body)
  if state >= SUCCESS then
    finish(t, state, body)
  elseif t.cancelling == 1 then
    finish(t, CANCEL, asked_reason(t))
  elseif state == RETRY then
    try_again(t, delay, body)
  else
    t.attempt = t.attempt - 1
    make_ready(t)
  end
end

local function was_settled(t, lease, session)
  return t.settled == 1 and t.lease == lease and (session == '' or holder(t) == session)
end

local function settle(id, numbers, session, body)
  local lease, state, delay, keep = struct.unpack('<I4Bdd', numbers)
  local t = load(id)
  if not t then return answer(0, 0, nil) end
  if not is_held(t, lease, session) then
    if was_settled(t, lease, session) then return answer(1, 1, t) end
    count(t, 'refused', 1)
    return answer(0, 0, t)
  end
  release(t)
  t.settled = 1
  if keep >= 0 then t.keep = keep end
  end_attempt(t, state, delay, body)
  save(t)
  return answer(1, 0, t)
end

local result = {}
for i = 4, #ARGV, 4 do
  result[#result + 1] = settle(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3])
end
flush()
return result

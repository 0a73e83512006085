-- Makes ended tasks ready again, as if new; leases and events count on. One that is
-- still held waits again.
--
-- ARGV     [4] id and place in the order (0: the next one), again and again
-- Result   for each as `_moved.lua` says

-- The log without outcomes: what a task ended with before is of no use any more, and
-- only a fresh log keeps a task that is requeued again and again from growing. The last
-- grant stays marked: it tells who may repeat how it ended.
local function drop_outcomes(t)
  local at = log_start(t)
  local parts, length = { string.sub(t.raw, 1, at - 1) }, at - 1
  while at <= #t.raw do
    local kind, size = struct.unpack('<BI4', t.raw, at)
    if kind == STATE_CHANGED or kind == GRANTED or kind == INPUTS then
      if kind == GRANTED then t.mark = length end
      parts[#parts + 1] = string.sub(t.raw, at, at + 4 + size)
      length = length + 5 + size
    end
    at = at + 5 + size
  end
  t.raw = table.concat(parts)
end

local function requeue(t, number)
  name(t)
  drop_outcomes(t)
  zrem('gc', t.id)
  t.attempt, t.losses, t.drops, t.expires, t.started, t.cancelling = 0, 0, 0, 0, 0, 0
  if t.held then
    t.order = 0
    enter(t, SCHEDULED)
    add_to_delayed(t)
    add_pending(t, now)
    turned = true
  else
    t.order = numbered(number, (#ARGV - 3) / 2)
    make_ready(t)
  end
  save(t)
end

local result = {}
for i = 4, #ARGV, 2 do
  local t = load(ARGV[i])
  if not t then
    result[#result + 1] = moved(NOT_FOUND)
  elseif t.state < SUCCESS then
    result[#result + 1] = moved(NOT_ENDED, t)
  else
    requeue(t, tonumber(ARGV[i + 1]))
    result[#result + 1] = moved(DONE, t)
  end
end
flush()
return result

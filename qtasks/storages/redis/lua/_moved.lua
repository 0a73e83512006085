-- The answer of what people do to tasks: refusal, state, seq, lease, sizes; then lane and
-- session.
local DONE, NOT_FOUND, RUNNING, ENDED, NOT_ENDED, ASK_NOT_FOUND, ASK_ANSWERED =
  0, 1, 2, 3, 4, 5, 6

local function moved(refusal, t)
  if not t then return struct.pack('<BBI4I4I2I2I2', refusal, NEW, 0, 0, 0, 0, 0) end
  name(t)
  local session = t.state == PROCESS and holder(t) or ''
  local lane = t.lane
  return struct.pack('<BBI4I4I2I2I2', refusal, t.state, t.seq, t.lease, lane.app_size,
    lane.queue_size, #lane.text) .. lane.text .. session
end

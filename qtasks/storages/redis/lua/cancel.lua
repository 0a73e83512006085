-- Cancels waiting tasks; asks running ones to stop.
--
-- ARGV     [4] the reason; the event of the request; then the ids
-- Result   for each as `_moved.lua` says
local reason, chunk = ARGV[4], ARGV[5]

local function ask_to_stop(t)
  if t.cancelling == 1 then return end
  t.cancelling = 1
  t.seq = t.seq + 1
  note(t, CANCEL_ASKED, reason)
  add_chunk(t, 1, chunk)
  save(t)
end

local function cancel(t)
  if t.state == PROCESS then
    ask_to_stop(t)
  else
    take_from_wait(t)
    finish(t, CANCEL, reason)
    save(t)
  end
end

local result = {}
for i = 6, #ARGV do
  local t = load(ARGV[i])
  if not t then
    result[#result + 1] = moved(NOT_FOUND)
  elseif t.state >= SUCCESS then
    result[#result + 1] = moved(ENDED, t)
  else
    cancel(t)
    result[#result + 1] = moved(DONE, t)
  end
end
flush()
return result

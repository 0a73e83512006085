-- Forgets tasks that are not running.
--
-- ARGV     [4] the ids
-- Result   for each: as `_moved.lua` says; its app and its key when it had one, else ''
local result = {}
for i = 4, #ARGV do
  local t = load(ARGV[i])
  if not t then
    result[#result + 1] = { moved(NOT_FOUND), '', '' }
  elseif t.state == PROCESS then
    result[#result + 1] = { moved(RUNNING, t), '', '' }
  else
    forget(t)
    result[#result + 1] = { moved(DONE, t), t.lane.app, t.key }
  end
end
flush()
return result

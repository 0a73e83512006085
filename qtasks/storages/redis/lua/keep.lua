-- Keeps ended tasks for another time than they were submitted with.
--
-- ARGV     [4] the seconds; then the ids
-- Result   for each as `_moved.lua` says
local seconds = tonumber(ARGV[4])

local function keep(t)
  local over = tonumber(redis.call('ZSCORE', base .. 'gc', t.id))
  zadd('gc', over - t.keep + seconds, t.id)
  t.keep = seconds
  store_head(t)
end

local result = {}
for i = 5, #ARGV do
  local t = load(ARGV[i])
  if not t then
    result[#result + 1] = moved(NOT_FOUND)
  elseif t.state < SUCCESS then
    result[#result + 1] = moved(NOT_ENDED, t)
  else
    keep(t)
    result[#result + 1] = moved(DONE, t)
  end
end
flush()
return result

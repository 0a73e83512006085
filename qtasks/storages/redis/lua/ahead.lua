-- Counts the ready tasks of a queue that come before a place, as far as this partition
-- goes.
--
-- ARGV     [4] the app, the queue, priority and order of the place; the names counted
-- Result   how many come before it; those of them that have a higher priority
local queue, priority = ARGV[4] .. '\n' .. ARGV[5], tonumber(ARGV[6]) * PRIORITY_STEP
local place = string.format('(%.0f', priority + tonumber(ARGV[7]))
local urgent = string.format('(%.0f', priority)
local counted, result = {}, { 0, 0 }
for i = 8, #ARGV do counted[ARGV[i]] = true end
for _, task in ipairs(redis.call('SMEMBERS', base .. 'ls:' .. queue)) do
  if counted[task] then
    local lane = base .. 'l:' .. queue .. '\n' .. task
    result[1] = result[1] + redis.call('ZCOUNT', lane, '-inf', place)
    result[2] = result[2] + redis.call('ZCOUNT', lane, '-inf', urgent)
  end
end
return result

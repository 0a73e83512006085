-- The queues of an app, as far as this partition goes.
--
-- ARGV     [4] the app; the names of the counters
-- Result   for each: its name; 1 when paused; how many are delayed; the counters; then
--          name and count of each lane that is not empty
local app, result = ARGV[4], {}
for _, queue in ipairs(redis.call('SMEMBERS', base .. 'qs:' .. app)) do
  local one = {
    string.sub(queue, #app + 2),
    redis.call('SISMEMBER', base .. 'paused', queue),
    redis.call('ZCARD', base .. 'd:' .. queue),
  }
  local figures = redis.call('HMGET', base .. 'q:' .. queue, unpack(ARGV, 5))
  for i = 1, #ARGV - 4 do one[#one + 1] = tonumber(figures[i] or 0) end
  for _, task in ipairs(redis.call('SMEMBERS', base .. 'ls:' .. queue)) do
    one[#one + 1] = task
    one[#one + 1] = redis.call('ZCARD', base .. 'l:' .. queue .. '\n' .. task)
  end
  result[#result + 1] = one
end
return result

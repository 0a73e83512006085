-- How many tasks of this partition sessions hold.
--
-- ARGV     [4] their numbers
-- Result   a count for each
local result = {}
for i = 4, #ARGV do
  result[#result + 1] = redis.call('ZCOUNT', base .. 'held', ARGV[i], ARGV[i])
end
return result

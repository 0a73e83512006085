-- The records of tasks.
--
-- ARGV     [4] the ids
-- Result   for each the record, or '' when there is none
local result = {}
for i = 4, #ARGV do result[#result + 1] = redis.call('GET', base .. 't:' .. ARGV[i]) or '' end
return result

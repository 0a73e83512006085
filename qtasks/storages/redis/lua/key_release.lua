-- Gives up idempotency keys of tasks that are forgotten.
--
-- ARGV     [4] app, key and id, again and again
-- Result   1 for each
local result = {}
for i = 4, #ARGV, 3 do
  local claim = base .. 'k:' .. ARGV[i] .. '\n' .. ARGV[i + 1]
  if redis.call('GET', claim) == ARGV[i + 2] then redis.call('DEL', claim) end
  result[#result + 1] = 1
end
return result

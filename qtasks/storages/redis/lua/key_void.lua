-- Looks for tasks that own idempotency keys, and keeps the missing from being stored:
-- whoever took the key and was lost, or is slow, must take it anew.
--
-- ARGV     [4] how many seconds a task is kept out, 0 only to look; then the ids
-- Result   for each: 1 when the task is there, else 0
local result = {}
for i = 5, #ARGV do
  local known = redis.call('EXISTS', base .. 't:' .. ARGV[i])
  if known == 0 and ARGV[4] ~= '0' then
    redis.call('SET', base .. 'v:' .. ARGV[i], '', 'EX', ARGV[4])
  end
  result[#result + 1] = known
end
return result

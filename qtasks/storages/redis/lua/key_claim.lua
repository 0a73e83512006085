-- Takes idempotency keys for tasks of other partitions. A key lives where its own hash
-- says, for the task that it names is not known before.
--
-- ARGV     [4] app, key, id and the id it replaces (''), again and again
-- Result   for each the id that has the key now
local result = {}
for i = 4, #ARGV, 4 do
  local claim = base .. 'k:' .. ARGV[i] .. '\n' .. ARGV[i + 1]
  local known = redis.call('GET', claim)
  if not known or known == ARGV[i + 3] then
    redis.call('SET', claim, ARGV[i + 2])
    known = ARGV[i + 2]
  end
  result[#result + 1] = known
end
return result

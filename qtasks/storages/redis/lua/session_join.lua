-- Lets a session have tasks of this partition, leased by this broker; gives back what it
-- holds here.
--
-- ARGV     [4] session, its number
-- Result   id and record, again and again
redis.call('HSET', base .. 'live', ARGV[4], ARGV[5])
redis.call('HSET', base .. 'owners', ARGV[4], string.format('%.0f', me))
local result = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', base .. 'held', ARGV[5], ARGV[5])) do
  local raw = redis.call('GET', base .. 't:' .. id)
  if raw then
    result[#result + 1] = id
    result[#result + 1] = raw
  end
end
return result

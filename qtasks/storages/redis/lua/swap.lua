-- Sets a value of a space if it is what the caller expects.
--
-- ARGV     [4] the space, the name, "1" and what is expected or "0" and "" for none,
--          "1" and the new value or "0" and "" for none
-- Result   1 when it was set
local key = base .. 'space:' .. ARGV[4]
local kept = redis.call('HGET', key, ARGV[5])
if ARGV[6] == '1' and kept ~= ARGV[7] or ARGV[6] == '0' and kept then return 0 end
if ARGV[8] == '1' then
  redis.call('HSET', key, ARGV[5], ARGV[9])
else
  redis.call('HDEL', key, ARGV[5])
end
return 1

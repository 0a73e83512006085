-- Lets a session end soon, if this broker opened it last. Runs in the home slot.
--
-- ARGV     [4] the session, seconds from now
-- Result   1, or 0 when it is not known or not its own
local expires = redis.call('ZSCORE', base .. 'sessions', ARGV[4])
if not expires then return 0 end
if tonumber(redis.call('HGET', base .. 's:' .. ARGV[4], 'owner')) ~= me then return 0 end
redis.call('ZADD', base .. 'sessions', math.min(tonumber(expires), now + tonumber(ARGV[5])),
  ARGV[4])
redis.call('HSET', base .. 's:' .. ARGV[4], 'ending', 1)
return 1

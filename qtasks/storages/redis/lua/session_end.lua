-- Lets a session end soon. Runs in the home slot.
--
-- ARGV     [4] the session, seconds from now
-- Result   1, or 0 when it is not known
local expires = redis.call('ZSCORE', base .. 'sessions', ARGV[4])
if not expires then return 0 end
redis.call('ZADD', base .. 'sessions', math.min(tonumber(expires), now + tonumber(ARGV[5])),
  ARGV[4])
return 1

-- Keeps sessions alive, but for those that are let go. Runs in the home slot.
--
-- ARGV     [4] seconds to live, then the sessions
-- Result   those that are not known any more
local unknown = {}
for i = 5, #ARGV do
  if redis.call('ZSCORE', base .. 'sessions', ARGV[i]) then
    if redis.call('HEXISTS', base .. 's:' .. ARGV[i], 'ending') == 0 then
      redis.call('ZADD', base .. 'sessions', now + tonumber(ARGV[4]), ARGV[i])
    end
  else
    unknown[#unknown + 1] = ARGV[i]
  end
end
return unknown

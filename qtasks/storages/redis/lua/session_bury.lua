-- Forgets sessions that are over and hold nothing in any partition. Runs in the home slot.
--
-- ARGV     [4] their numbers
-- Result   nothing
for i = 4, #ARGV do redis.call('HDEL', base .. 'over', ARGV[i]) end

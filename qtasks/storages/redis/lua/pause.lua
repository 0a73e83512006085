-- Grants no more tasks of a queue, or grants them again.
--
-- ARGV     [4] the app, the queue, "1" to pause
-- Result   nothing
local queue = ARGV[4] .. '\n' .. ARGV[5]
redis.call('SADD', base .. 'qs:' .. ARGV[4], queue)
redis.call(ARGV[6] == '1' and 'SADD' or 'SREM', base .. 'paused', queue)

-- Says that a broker is there. Runs in the home slot.
--
-- ARGV     [4] seconds after which a silent broker is taken for gone
-- Result   how many others are there
redis.call('ZREMRANGEBYSCORE', base .. 'brokers', '-inf', now - tonumber(ARGV[4]))
redis.call('ZADD', base .. 'brokers', now, ARGV[2])
return redis.call('ZCARD', base .. 'brokers') - 1

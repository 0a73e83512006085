-- Claims this Redis for a layout. Runs in the home slot.
--
-- ARGV     [4] version and partitions, as text
-- Result   the layout that its keys have
redis.call('SET', base .. 'layout', ARGV[4], 'NX')
return redis.call('GET', base .. 'layout')

-- Claims this Redis for a layout. Runs in the home slot.
--
-- ARGV[4]  version and partitions, as text
-- ARGV[5]  the same with the version before, whose keys are brought up to date
-- ARGV[6]  seconds after which a silent broker is taken for gone
-- Result   the layout that its keys have
--
-- While a broker is there that knows the version before, the keys stay as they are: it
-- would not understand them any more.
redis.call('SET', base .. 'layout', ARGV[4], 'NX')
local layout = redis.call('GET', base .. 'layout')
if layout ~= ARGV[5] then return layout end
if redis.call('ZCOUNT', base .. 'brokers', now - tonumber(ARGV[6]), '+inf') > 0 then
  return layout
end
redis.call('SET', base .. 'layout', ARGV[4])
return ARGV[4]

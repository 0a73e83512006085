-- Makes a worker's session, or finds it again. Runs in the home slot.
--
-- ARGV     [4] session, worker, app, info, seconds to live
-- Result   the session's number, or 0 when another live session has the worker's id; 1
--          when it drains, else 0
local session, worker, app, info = ARGV[4], ARGV[5], ARGV[6], ARGV[7]

local known = redis.call('HGET', base .. 'workers:' .. app, worker)
if known and known ~= session then
  local expires = redis.call('ZSCORE', base .. 'sessions', known)
  if expires and tonumber(expires) > now then return { 0, 0 } end
end

local key = base .. 's:' .. session
local number = redis.call('HGET', key, 'number')
if not number then
  number = redis.call('INCR', base .. 'session')
  redis.call('HSET', key, 'number', number, 'connected', string.format('%.17g', now))
end
redis.call('HSET', key, 'worker', worker, 'app', app, 'info', info,
  'owner', string.format('%.0f', me))
redis.call('HDEL', key, 'ending')
redis.call('HSET', base .. 'workers:' .. app, worker, session)
redis.call('SADD', base .. 'ss:' .. app, session)
redis.call('ZADD', base .. 'sessions', now + tonumber(ARGV[8]), session)
return { tonumber(number), redis.call('HEXISTS', key, 'draining') }

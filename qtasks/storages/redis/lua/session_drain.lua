-- Notes that the worker of a live session is to leave. Runs in the home slot.
--
-- ARGV     [4] the app, the worker
-- Result   the session, or '' when no live one has the worker
local session = redis.call('HGET', base .. 'workers:' .. ARGV[4], ARGV[5])
if not session then return '' end
local expires = redis.call('ZSCORE', base .. 'sessions', session)
if not expires or tonumber(expires) <= now then return '' end
redis.call('HSET', base .. 's:' .. session, 'draining', 1)
return session

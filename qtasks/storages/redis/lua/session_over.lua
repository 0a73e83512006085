-- Declares sessions over whose time is up: nothing can extend them from here on. Runs in
-- the home slot. They stay on the list until `session_bury` says that they hold nothing.
--
-- ARGV     [4] how many at most
-- Result   number and session of every session on the list, again and again
local due = redis.call('ZRANGEBYSCORE', base .. 'sessions', '-inf', now, 'LIMIT', 0, ARGV[4])
for _, session in ipairs(due) do
  local key = base .. 's:' .. session
  local number, worker, app = unpack(redis.call('HMGET', key, 'number', 'worker', 'app'))
  redis.call('ZREM', base .. 'sessions', session)
  redis.call('DEL', key)
  if number then
    redis.call('HSET', base .. 'over', number, session)
    redis.call('SREM', base .. 'ss:' .. app, session)
    if redis.call('HGET', base .. 'workers:' .. app, worker) == session then
      redis.call('HDEL', base .. 'workers:' .. app, worker)
    end
  end
end
return redis.call('HGETALL', base .. 'over')

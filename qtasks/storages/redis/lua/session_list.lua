-- The live sessions of an app. Runs in the home slot.
--
-- ARGV     [4] the app
-- Result   for each: session, worker, info, connected, expires, owner, 1 when it drains,
--          number
local result = {}
for _, session in ipairs(redis.call('SMEMBERS', base .. 'ss:' .. ARGV[4])) do
  local expires = redis.call('ZSCORE', base .. 'sessions', session)
  if expires and tonumber(expires) > now then
    local found = redis.call('HMGET', base .. 's:' .. session, 'worker', 'info',
      'connected', 'number', 'owner', 'ending', 'draining')
    local owner = found[6] and '' or found[5]
    result[#result + 1] = { session, found[1], found[2], found[3], expires, owner,
      found[7] and 1 or 0, found[4] }
  end
end
return result

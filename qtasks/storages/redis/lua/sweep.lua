-- Cancels waiting tasks past their expiry; forgets ended ones past their time.
--
-- ARGV     [4] how many at most
-- Result   the changes; how many were forgotten; app, key and id of each forgotten task
--          that had an idempotency key
local limit = tonumber(ARGV[4])

local changes = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', base .. 'expiry', '-inf', now, 'LIMIT', 0,
  limit)) do
  local t = load(id)
  if t and t.state <= RETRY and is_expired(t) then
    take_from_wait(t)
    finish(t, CANCEL, 'expired')
    save(t)
    changes[#changes + 1] = change(t)
  else
    zrem('expiry', id)
  end
end

local deleted, keys = 0, {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', base .. 'gc', '-inf', now, 'LIMIT', 0,
  limit - #changes)) do
  local t = load(id)
  if t then
    forget(t)
    if t.key ~= '' then
      for _, text in ipairs({ t.lane.app, t.key, t.id }) do keys[#keys + 1] = text end
    end
    deleted = deleted + 1
  else
    zrem('gc', id)
  end
end
flush()
return { changes, deleted, keys }

-- Cancels waiting tasks of a queue.
--
-- ARGV     [4] the app, the queue, how many at most, the reason
-- Result   the changes
local queue, limit, reason = ARGV[4] .. '\n' .. ARGV[5], tonumber(ARGV[6]), ARGV[7]
local changes = {}

local function cancel_some(key)
  for _, id in ipairs(redis.call('ZRANGE', key, 0, limit - #changes - 1)) do
    local t = load(id)
    if t then
      take_from_wait(t)
      finish(t, CANCEL, reason)
      save(t)
      changes[#changes + 1] = change(t)
    end
  end
end

for _, task in ipairs(redis.call('SMEMBERS', base .. 'ls:' .. queue)) do
  if #changes < limit then cancel_some(base .. 'l:' .. queue .. '\n' .. task) end
end
if #changes < limit then cancel_some(base .. 'd:' .. queue) end
flush()
return changes

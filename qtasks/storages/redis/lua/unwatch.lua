-- Makes the caller no watcher of tasks any more.
--
-- ARGV     [4] the ids
-- Result   1 for each
local result = {}
for i = 4, #ARGV do
  local t = load_head(ARGV[i])
  if t and t.watcher == me then
    t.watcher = 0
    store_head(t)
  elseif t and t.watcher == MANY then
    redis.call('SREM', base .. 'w:' .. t.id, ARGV[2])
  end
  result[#result + 1] = 1
end
return result

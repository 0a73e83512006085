-- Says which tasks are due, without moving them.
--
-- ARGV     [4] how many at most
-- Result   seconds until the next one after them, as text ('' when none waits); then due
--          time (packed) and id of each, in order
--
-- `delayed` knows each queue by its earliest task. A queue is read only when that one is
-- due.
local limit = tonumber(ARGV[4])
local found = {}
local queues = redis.call('ZRANGEBYSCORE', base .. 'delayed', '-inf', now)
for _, queue in ipairs(queues) do
  local due = redis.call('ZRANGEBYSCORE', base .. 'd:' .. queue, '-inf', now, 'WITHSCORES',
    'LIMIT', 0, limit)
  for i = 1, #due, 2 do
    found[#found + 1] = { id = due[i], due = tonumber(due[i + 1]) }
  end
end
table.sort(found, function(a, b)
  if a.due == b.due then return a.id < b.id end
  return a.due < b.due
end)

-- The earliest task that this answer does not name.
local function next_due()
  if #found > limit then return found[limit + 1].due end
  local earliest
  for _, queue in ipairs(queues) do
    local head = redis.call('ZRANGEBYSCORE', base .. 'd:' .. queue,
      '(' .. string.format('%.17g', now), '(+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    local due = tonumber(head[2])
    if due and (not earliest or due < earliest) then earliest = due end
  end
  local head = redis.call('ZRANGEBYSCORE', base .. 'delayed',
    '(' .. string.format('%.17g', now), '(+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  local due = tonumber(head[2])
  if due and (not earliest or due < earliest) then earliest = due end
  return earliest
end

local earliest = next_due()
local result = { earliest and string.format('%.6f', earliest - now) or '' }
for i = 1, math.min(limit, #found) do
  result[#result + 1] = struct.pack('<d', found[i].due)
  result[#result + 1] = found[i].id
end
return result

-- Looks for records, newest first.
--
-- ARGV     [4] the app; the group or ''; the number to begin below, or 'inf'; how many to
--          look at; how many to find; the states as digits, or ''; the queue or ''; the
--          name or ''
-- Result   the number it came down to, 0 when there are no more; then number, id and
--          record of each
local app, group, below, look, want = ARGV[4], ARGV[5], ARGV[6], ARGV[7], tonumber(ARGV[8])
local states, queue, task = ARGV[9], ARGV[10], ARGV[11]

local function matches(t)
  name(t)
  return (states == '' or string.find(states, t.state, 1, true))
    and (queue == '' or t.lane.queue == app .. '\n' .. queue)
    and (task == '' or t.lane.task == task)
end

local key = base .. (group == '' and 'all:' .. app or 'g:' .. app .. '\n' .. group)
local found = redis.call('ZREVRANGEBYSCORE', key, '(' .. below, '-inf', 'WITHSCORES',
  'LIMIT', 0, look)
local result, down_to = { '0' }, '0'
if #found == 2 * tonumber(look) then down_to = found[#found] end
for i = 1, #found, 2 do
  local t = load(found[i])
  if t and matches(t) then
    result[#result + 1] = found[i + 1]
    result[#result + 1] = t.id
    result[#result + 1] = t.raw
    want = want - 1
    if want == 0 then
      if i + 1 < #found or down_to ~= '0' then down_to = found[i + 1] end
      break
    end
  end
end
result[1] = down_to
return result

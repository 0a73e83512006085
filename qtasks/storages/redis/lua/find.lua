-- Looks for records, newest first.
--
-- ARGV     [4] the app; the group or ''; the number to begin below, or 'inf'; how many to
--          look at; how many to find; the states as digits, or ''; the queue or ''; the
--          name or ''; how many bytes of records, about
-- Result   the number it came down to, 0 when there are no more; then number, id and
--          record of each
--
-- Only heads are read to look; a record is read when it is one to give back.
local app, group, below, look, want = ARGV[4], ARGV[5], ARGV[6], ARGV[7], tonumber(ARGV[8])
local states, queue, task, room = ARGV[9], ARGV[10], ARGV[11], tonumber(ARGV[12])

local function in_lane(t)
  if queue == '' and task == '' then return true end
  local _, after_queue, size = struct.unpack(SIZES, t.raw, HEAD_SIZE + 1)
  local at = HEAD_SIZE + SIZES_SIZE
  local text = redis.call('GETRANGE', base .. 't:' .. t.id, at, at + size - 1)
  return (queue == '' or string.sub(text, 1, after_queue) == app .. '\n' .. queue)
    and (task == '' or string.sub(text, after_queue + 2) == task)
end

local function matches(t)
  return (states == '' or string.find(states, t.state, 1, true)) and in_lane(t)
end

local key = base .. (group == '' and 'all:' .. app or 'g:' .. app .. '\n' .. group)
local found = redis.call('ZREVRANGEBYSCORE', key, '(' .. below, '-inf', 'WITHSCORES',
  'LIMIT', 0, look)
local result, down_to = { '0' }, '0'
if #found == 2 * tonumber(look) then down_to = found[#found] end
for i = 1, #found, 2 do
  local t = load_head(found[i])
  if t and matches(t) then
    room = room - redis.call('STRLEN', base .. 't:' .. t.id)
    if room < 0 and #result > 1 then
      down_to = found[i - 1]
      break
    end
    result[#result + 1] = found[i + 1]
    result[#result + 1] = t.id
    result[#result + 1] = redis.call('GET', base .. 't:' .. t.id)
    want = want - 1
    if want == 0 then
      if i + 1 < #found or down_to ~= '0' then down_to = found[i + 1] end
      break
    end
  end
end
result[1] = down_to
return result

-- Answers a question of a running task.
--
-- ARGV     [4] the id, the question, the value, the event
-- Result   as `_moved.lua` says
local id, ask, value, chunk = ARGV[4], ARGV[5], ARGV[6], ARGV[7]

-- Whether it was asked under this lease, and whether it was answered.
local function look(t)
  local open, answered = false, false
  for _, each in ipairs(entries(t)) do
    if each.kind == ASKED and each.body == ask then open = true end
    if each.kind == ANSWERED then
      local size = struct.unpack('<I2', each.body)
      if string.sub(each.body, 3, 2 + size) == ask then answered = true end
    end
  end
  return open, answered
end

local t = load(id)
if not t then return moved(NOT_FOUND) end
if t.state ~= PROCESS then return moved(ASK_NOT_FOUND, t) end
local open, answered = look(t)
if not open then return moved(ASK_NOT_FOUND, t) end
if answered then return moved(ASK_ANSWERED, t) end
t.seq = t.seq + 1
note(t, ANSWERED, struct.pack('<I2', #ask) .. ask .. value)
add_chunk(t, 1, chunk)
save(t)
flush()
return moved(DONE, t)

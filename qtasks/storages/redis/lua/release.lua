-- Lets held tasks run, or cancels them.
--
-- ARGV     [4] id; place in the order (0: the next one) and due time (packed); inputs;
--          why not to run at all, or ''; again and again
-- Result   for each the change, or '' when it was not held any more
local function release(t, numbers, inputs, refusal)
  take_from_wait(t)
  if refusal ~= '' then
    finish(t, CANCEL, refusal)
    return
  end
  local number, due = struct.unpack('<I8d', numbers)
  t.held = false
  if inputs ~= '' then
    note(t, INPUTS, inputs)
    t.given = true
  end
  if due > now then
    t.due = due
    enter(t, SCHEDULED)
    add_to_delayed(t)
    if may_expire(t) then zadd('expiry', t.expires, t.id) end
  else
    t.order = numbered(number, (#ARGV - 3) / 4)
    make_ready(t)
  end
end

local result = {}
for i = 4, #ARGV, 4 do
  local t = load(ARGV[i])
  if t and t.held and t.state == SCHEDULED then
    release(t, ARGV[i + 1], ARGV[i + 2], ARGV[i + 3])
    save(t)
    result[#result + 1] = change(t)
  else
    result[#result + 1] = ''
  end
end
flush()
return result

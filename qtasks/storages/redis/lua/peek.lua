-- Says which ready tasks a session could get here, without granting them.
--
-- ARGV     as for lease.lua
-- Result   whether the session is live; whether expired tasks stand in the way; then
--          score and spec size of each task, in one string
local limit, room = tonumber(ARGV[6]), tonumber(ARGV[7])
if not live_session(ARGV[4], ARGV[8] == '1') then return { 0, 0, '' } end

local found, expired, any_size = {}, 0, ARGV[9] == '1'
local open = open_lanes(10)
while #found < limit do
  local lane, id, score = first_lane(open)
  if not lane then break end
  take(lane)
  local t = load_head(id)
  if t and is_expired(t) then
    expired = 1
  elseif t then
    local size = select(6, struct.unpack(SIZES, t.raw, HEAD_SIZE + 1))
    if size > room and not any_size then break end
    any_size = false
    room = room - size
    found[#found + 1] = struct.pack('<dI4', score, size)
  end
end
return { 1, expired, table.concat(found) }

-- Says which ready tasks a session could get here, without granting them.
--
-- ARGV     as for lease.lua
-- Result   whether the session is live; 1 when expired tasks stand in the way, 2 when so
--          many that it did not look behind them; then score and size of each task, in
--          one string
local limit, room, skips = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[10])
if not live_session(ARGV[4], ARGV[8] == '1') then return { 0, 0, '' } end

local found, expired, any_size = {}, 0, ARGV[9] == '1'
local open = open_lanes(11)
while #found < limit do
  local lane, id, score = first_lane(open)
  if not lane then break end
  take(lane)
  local t = load_head(id)
  if not t or is_expired(t) then
    if skips == 0 then return { 1, 2, '' } end
    expired, skips = 1, skips - 1
  else
    local size = select(6, struct.unpack(SIZES, t.raw, HEAD_SIZE + 1))
    if t.given then size = size_of(load(id)) end
    if size > room and not any_size then break end
    any_size = false
    room = room - size
    found[#found + 1] = struct.pack('<dI4', score, size)
  end
end
return { 1, expired, table.concat(found) }

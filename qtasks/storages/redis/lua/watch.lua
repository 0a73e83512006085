-- Makes the caller a watcher of tasks until they end.
--
-- ARGV     [4] the ids
-- Result   for each the record, or '' when there is none
local result = {}
for i = 4, #ARGV do
  local t = load(ARGV[i])
  if t and watch(t) then store_head(t) end
  result[#result + 1] = t and t.raw or ''
end
return result

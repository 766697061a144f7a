--- Puts the nodes of a graph in rows and columns: what follows stands below, what belongs together
-- side by side, and an edge over several rows gets a place in each.

local layout = {}

local gap, row_gap, margin = 36, 74, 30

-- Edges that lead back to where their path came from; the others have no circles.
local function find_back(nodes, out)
  local state = {}
  local function visit(node)
    state[node] = "open"
    for _, edge in ipairs(out[node]) do
      edge.back = state[edge.to] == "open" or edge.to == edge.from
      if not state[edge.to] then visit(edge.to) end
    end
    state[node] = "done"
  end
  for _, node in ipairs(nodes) do
    if not state[node] then visit(node) end
  end
end

-- Below everything that leads to it.
local function set_rows(nodes, edges)
  for _, node in ipairs(nodes) do node.row = 1 end
  local changed = true
  while changed do
    changed = false
    for _, edge in ipairs(edges) do
      if not edge.back and edge.to.row <= edge.from.row then
        edge.to.row = edge.from.row + 1
        changed = true
      end
    end
  end
end

-- A long edge goes through a narrow place in each row on its way.
local function rows_of(nodes, edges)
  local rows = {}
  local function put(cell, row)
    rows[row] = rows[row] or {}
    table.insert(rows[row], cell)
    cell.row = row
  end
  for _, node in ipairs(nodes) do
    node.above, node.below = {}, {}
    put(node, node.row)
  end
  for _, edge in ipairs(edges) do
    edge.through = {}
    if not edge.back then
      local before = edge.from
      for row = edge.from.row + 1, edge.to.row do
        local cell = edge.to
        if row < edge.to.row then
          cell = { width = 14, height = 0, above = {}, below = {}, bend = true }
          put(cell, row)
          table.insert(edge.through, cell)
        end
        table.insert(before.below, cell)
        table.insert(cell.above, before)
        before = cell
      end
    end
  end
  return rows
end

local function mean(cells, of)
  local sum = 0
  for _, cell in ipairs(cells) do sum = sum + of(cell) end
  return sum / #cells
end

-- Each row in the order of what it hangs on, down and up again, until few edges cross.
local function order(rows)
  local function number(row)
    for i, cell in ipairs(row) do cell.place = i end
  end
  for _, row in ipairs(rows) do number(row) end
  local function sweep(from, to, step, side)
    for r = from, to, step do
      for i, cell in ipairs(rows[r]) do
        cell.wish = #cell[side] > 0 and mean(cell[side], function(other) return other.place end) or cell.place
        cell.was = i
      end
      table.sort(rows[r], function(one, other)
        if one.wish ~= other.wish then return one.wish < other.wish end
        return one.was < other.was
      end)
      number(rows[r])
    end
  end
  for _ = 1, 12 do
    sweep(2, #rows, 1, "above")
    sweep(#rows - 1, 1, -1, "below")
  end
end

-- Each where it wants to be, or as far to the right of that as those before it need; then all of them
-- back by as much as they were moved on average.
local function settle(row)
  local left = -math.huge
  for _, cell in ipairs(row) do
    cell.x = math.max(cell.wanted, left + cell.width / 2)
    left = cell.x + cell.width / 2 + gap
  end
  local shift = mean(row, function(cell) return cell.wanted - cell.x end)
  for _, cell in ipairs(row) do cell.x = cell.x + shift end
end

local function columns(rows)
  for _, row in ipairs(rows) do
    local x = 0
    for _, cell in ipairs(row) do
      cell.x = x + cell.width / 2
      x = x + cell.width + gap
    end
    for _, cell in ipairs(row) do cell.x = cell.x - x / 2 end
  end
  for pass = 1, 24 do
    local from, to, step, side = 1, #rows, 1, "above"
    if pass % 2 == 0 then from, to, step, side = #rows, 1, -1, "below" end
    for r = from, to, step do
      for _, cell in ipairs(rows[r]) do
        local others = #cell[side] > 0 and cell[side] or cell.above
        cell.wanted = #others > 0 and mean(others, function(other) return other.x end) or cell.x
      end
      settle(rows[r])
    end
  end
end

local function lines_down(rows)
  local y = margin
  for _, row in ipairs(rows) do
    local height = 0
    for _, cell in ipairs(row) do height = math.max(height, cell.height) end
    for _, cell in ipairs(row) do cell.y = y + height / 2 end
    y = y + height + row_gap
  end
  return y - row_gap + margin
end

-- Moves all so far to the right that nothing is left of the margin; returns where the last one ends.
local function align(rows)
  local left, right = math.huge, -math.huge
  for _, row in ipairs(rows) do
    left = math.min(left, row[1].x - row[1].width / 2)
    right = math.max(right, row[#row].x + row[#row].width / 2)
  end
  for _, row in ipairs(rows) do
    for _, cell in ipairs(row) do cell.x = cell.x - left + margin end
  end
  return right - left + margin
end

-- Edges that lead back to another node go around everything, each on a lane of its own.
local function set_lanes(edges)
  local lanes = 0
  for _, edge in ipairs(edges) do
    if edge.back and edge.from ~= edge.to then lanes = lanes + 1 end
    edge.lane = lanes
  end
  return lanes
end

--- Sets x and y (the middle) of each node {width, height} and `through`, the places on its way, of each
-- edge {from, to, labels}; edges that lead back are marked `back` and have a lane. Returns width, height,
-- and where the lanes begin.
function layout.place(nodes, edges)
  local out = {}
  for _, node in ipairs(nodes) do out[node] = {} end
  for _, edge in ipairs(edges) do table.insert(out[edge.from], edge) end
  find_back(nodes, out)
  set_rows(nodes, edges)
  local rows = rows_of(nodes, edges)
  order(rows)
  columns(rows)
  local height, side, lanes = lines_down(rows), align(rows), set_lanes(edges)
  return side + margin + (lanes > 0 and 90 + 26 * lanes or 0), height, side
end

return layout

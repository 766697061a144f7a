--- A flow as a picture: what it says and asks, and where each choice of those called leads. As text
-- for Graphviz (DOT), or drawn (SVG).

local layout = require "rehearsal.layout"

local picture = {}

local columns, lines_most = 38, 9
local character, line_height, padding = 6.9, 16, 10 -- of 12 px text

-- Words on lines of at most so many characters.
local function wrapped(text)
  local list = {}
  for paragraph in (text .. "\n"):gmatch "([^\n]*)\n" do
    local line = ""
    for word in paragraph:gmatch "%S+" do
      local longer = line == "" and word or line .. " " .. word
      if line ~= "" and (utf8.len(longer) or #longer) > columns then
        list[#list + 1], line = line, word
      else
        line = longer
      end
    end
    list[#list + 1] = line
  end
  if #list > lines_most then
    list[lines_most] = list[lines_most] .. " …"
    for i = #list, lines_most + 1, -1 do list[i] = nil end
  end
  return list
end

local function length(text)
  return utf8.len(text) or #text
end

-- --- DOT ---

local dot_styles = {
  call = 'shape=ellipse, style=filled, fillcolor="#fff6df"',
  collect = 'shape=box, style=filled, fillcolor="#e8eefb"',
  dial = 'shape=box, style=filled, fillcolor="#efe6fa"',
  ask = 'shape=hexagon, style=filled, fillcolor="#e6f4f4"',
  good = 'shape=box, style="rounded,filled", fillcolor="#dff2e1"',
  bad = 'shape=box, style="rounded,filled", fillcolor="#f8dedc"',
}

-- What it is drawn as.
local function style_of(node)
  if node.kind == "end" then return node.good and "good" or "bad" end
  return node.kind
end

local function dot_text(list)
  local text = table.concat(list, "\n")
  return '"' .. text:gsub('[\\"]', "\\%0"):gsub("\n", "\\n") .. '"'
end

--- The graph of an exploration for `dot -Tsvg`.
function picture.dot(found, title)
  local out = { "digraph flow {", '  graph [label=' .. dot_text { title } .. ', labelloc=t, fontname="Helvetica"];',
    '  node [fontname="Helvetica", fontsize=11];', '  edge [fontname="Helvetica", fontsize=10];' }
  for _, node in ipairs(found.list) do
    local list = wrapped(node.text)
    if node.line then table.insert(list, 1, "line " .. node.line) end
    out[#out + 1] = ("  n%d [label=%s, %s];"):format(node.number, dot_text(list), dot_styles[style_of(node)])
  end
  for _, edge in ipairs(found.edge_list) do
    out[#out + 1] = ("  n%d -> n%d [label=%s];"):format(edge.from.number, edge.to.number, dot_text(edge.labels))
  end
  out[#out + 1] = "}\n"
  return table.concat(out, "\n")
end

-- --- SVG ---

local escapes = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

local function escaped(text)
  return (text:gsub('[&<>"]', escapes):gsub("[%z\1-\8\11-\31]", "?"))
end

local function measure(node)
  node.lines = wrapped(node.text)
  local widest = node.line and length("line " .. node.line) or 4
  for _, line in ipairs(node.lines) do widest = math.max(widest, length(line)) end
  node.width = widest * character + 2 * padding + 4
  node.height = (#node.lines + (node.line and 1 or 0)) * line_height + 2 * padding - 4
end

local function draw_node(out, node)
  local class = style_of(node)
  local round = node.kind == "end" and 14 or node.kind == "call" and 22 or 4
  local left, y = node.x - node.width / 2, node.y - node.height / 2
  out[#out + 1] = ('<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="%d"/>'):format(class, left, y,
    node.width, node.height, round)
  y = y + padding + 10
  if node.line then
    out[#out + 1] = ('<text class="line" x="%.1f" y="%.1f">line %d</text>'):format(node.x, y, node.line)
    y = y + line_height
  end
  for _, line in ipairs(node.lines) do
    out[#out + 1] = ('<text x="%.1f" y="%.1f">%s</text>'):format(node.x, y, escaped(line))
    y = y + line_height
  end
end

local function size_of(labels)
  local widest = 0
  for _, label in ipairs(labels) do widest = math.max(widest, length(label)) end
  return widest * 6.2 + 6, #labels * 13
end

-- A point of a curve {x, y, x1, y1, x2, y2, x3, y3}.
local function point(curve, t)
  local s = 1 - t
  local a, b, c, d = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
  return a * curve[1] + b * curve[3] + c * curve[5] + d * curve[7],
    a * curve[2] + b * curve[4] + c * curve[6] + d * curve[8]
end

local function is_free(taken, x, y, width, height)
  for _, other in ipairs(taken) do
    if math.abs(x - other.x) * 2 < width + other.width and math.abs(y - other.y) * 2 < height + other.height then
      return false
    end
  end
  return true
end

-- Along its curve where no other label is, or else in its middle.
local function place_label(taken, labels, curves)
  local width, height = size_of(labels)
  local x, y
  for _, curve in ipairs(curves) do
    for _, t in ipairs { 0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.8 } do
      x, y = point(curve, t)
      if is_free(taken, x, y, width, height) then goto found end
    end
  end
  x, y = point(curves[1], 0.5)
  ::found::
  taken[#taken + 1] = { x = x, y = y, width = width, height = height }
  return x, y
end

local function draw_label(out, labels, x, y)
  local width, height = size_of(labels)
  out[#out + 1] = ('<rect class="paper" x="%.1f" y="%.1f" width="%.1f" height="%d"/>'):format(x - width / 2,
    y - height / 2, width, height)
  for i, label in ipairs(labels) do
    out[#out + 1] = ('<text class="label" x="%.1f" y="%.1f">%s</text>'):format(x, y - height / 2 + 13 * i - 3,
      escaped(label))
  end
end

-- Where an edge leaves or enters its node: spread, so that not all are at one point.
local function port(node, edges, edge, side)
  local mine = {}
  for _, each in ipairs(edges) do
    if each[side == "out" and "from" or "to"] == node and not each.back then mine[#mine + 1] = each end
  end
  local function towards(each)
    local cell
    if side == "out" then cell = each.through[1] or each.to else cell = each.through[#each.through] or each.from end
    return cell.x
  end
  table.sort(mine, function(one, other) return towards(one) < towards(other) end)
  local place = 1
  for i, each in ipairs(mine) do if each == edge then place = i end end
  local room = math.min(node.width - 24, 46 * (#mine - 1))
  return #mine == 1 and node.x or node.x - room / 2 + room * (place - 1) / (#mine - 1)
end

local function draw_down(out, edges, edge)
  local x, y = port(edge.from, edges, edge, "out"), edge.from.y + edge.from.height / 2
  local parts = { ("M%.1f %.1f"):format(x, y) }
  local curves = {}
  local function curve(to_x, to_y)
    local half = (to_y - y) / 2
    parts[#parts + 1] = ("C%.1f %.1f %.1f %.1f %.1f %.1f"):format(x, y + half, to_x, to_y - half, to_x, to_y)
    curves[#curves + 1] = { x, y, x, y + half, to_x, to_y - half, to_x, to_y }
    x, y = to_x, to_y
  end
  for _, bend in ipairs(edge.through) do curve(bend.x, bend.y) end
  curve(port(edge.to, edges, edge, "in"), edge.to.y - edge.to.height / 2 - 5)
  out.edges[#out.edges + 1] = ('<path d="%s"/>'):format(table.concat(parts, " "))
  out.labels[#out.labels + 1] = { edge.labels, curves }
end

-- Around everything, on the right.
local function draw_back(out, edge, side)
  local x, y = edge.from.x + edge.from.width / 2, edge.from.y + 4
  local to_x, to_y = edge.to.x + edge.to.width / 2 + 5, edge.to.y - 4
  local lane = side + 30 + 26 * edge.lane
  if edge.from == edge.to then lane = x + 70 end
  out.edges[#out.edges + 1] = ('<path class="back" d="M%.1f %.1f C%.1f %.1f %.1f %.1f %.1f %.1f"/>'):format(x, y,
    lane, y + 26, lane, to_y - 26, to_x, to_y)
  out.labels[#out.labels + 1] = { edge.labels, { { x, y, lane, y + 26, lane, to_y - 26, to_x, to_y } } }
end

local style = [[
<style>
  text { font: 12px Helvetica, Arial, sans-serif; text-anchor: middle; fill: #1c2430 }
  .line { font-size: 10px; fill: #6b7686 }
  .label { font-size: 11px; fill: #3c4656 }
  .title { font-size: 14px; font-weight: bold; text-anchor: start }
  path { fill: none; stroke: #8792a3; stroke-width: 1.3; marker-end: url(#tip) }
  .back { stroke-dasharray: 5 3 }
  rect { stroke: #8792a3; fill: #ffffff }
  .paper { stroke: none; fill: #ffffff; fill-opacity: 0.85 }
  .call { fill: #fff6df; stroke: #d9b65a }
  .collect { fill: #e8eefb; stroke: #8aa4d8 }
  .dial { fill: #efe6fa; stroke: #a98cd0 }
  .ask { fill: #e6f4f4; stroke: #79b3b3 }
  .good { fill: #dff2e1; stroke: #7cb884 }
  .bad { fill: #f8dedc; stroke: #d28a84 }
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path d="M0 0 L8 4 L0 8 z" style="fill: #8792a3; stroke: none; marker-end: none"/></marker></defs>
]]

--- The same, drawn.
function picture.svg(found, title)
  for _, node in ipairs(found.list) do measure(node) end
  local width, height, side = layout.place(found.list, found.edge_list)
  local top = 34
  width = math.max(width, 9 * length(title) + 40)
  local out = { edges = {}, labels = {} }
  for _, edge in ipairs(found.edge_list) do
    if edge.back then draw_back(out, edge, side) else draw_down(out, found.edge_list, edge) end
  end
  local frame = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f">'
  local drawn = {
    frame:format(width, height + top, width, height + top), style,
    '<rect class="paper" style="fill-opacity: 1" width="100%" height="100%"/>',
    ('<text class="title" x="20" y="26">%s</text>'):format(escaped(title)),
    ('<g transform="translate(0 %d)">'):format(top),
  }
  table.move(out.edges, 1, #out.edges, #drawn + 1, drawn)
  for _, node in ipairs(found.list) do draw_node(drawn, node) end
  -- The shortest edges have the least room for theirs.
  table.sort(out.labels, function(one, other)
    if #one[2] ~= #other[2] then return #one[2] < #other[2] end
    return one[2][1][2] < other[2][1][2]
  end)
  local taken = table.move(found.list, 1, #found.list, 1, {})
  for _, label in ipairs(out.labels) do
    local x, y = place_label(taken, table.unpack(label))
    draw_label(drawn, label[1], x, y)
  end
  drawn[#drawn + 1] = "</g>\n</svg>\n"
  return table.concat(drawn, "\n")
end

return picture

package provenance

import (
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/setter"
)

// splitLines gives the lines of a file, without the scalars that belong to Flux's image automation: whatever they are, the
// line is the one that was rendered.
func splitLines(content []byte) []string {
	return strings.Split(string(setter.Blank(content)), "\n")
}

// maxTable bounds the work of comparing two files, in pairs of lines.
const maxTable = 4_000_000

// align gives, for each line on disk, the line of the rendering that it is, counted from 1; 0 when it is in none. It is the
// longest common subsequence of what differs.
func align(disk, rendered []string) []int {
	out := make([]int, len(disk))
	start := 0
	for start < len(disk) && start < len(rendered) && disk[start] == rendered[start] {
		start++
		out[start-1] = start
	}
	end := 0
	for end < len(disk)-start && end < len(rendered)-start && disk[len(disk)-1-end] == rendered[len(rendered)-1-end] {
		end++
		out[len(disk)-end] = len(rendered) - end + 1
	}
	a, b := disk[start:len(disk)-end], rendered[start:len(rendered)-end]
	if len(a) == 0 || len(b) == 0 || len(a)*len(b) > maxTable {
		return out
	}
	length := make([][]int32, len(a)+1)
	for i := range length {
		length[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			out[start+i] = start + j + 1
			i, j = i+1, j+1
		case length[i+1][j] >= length[i][j+1]:
			i++
		default:
			j++
		}
	}
	return out
}

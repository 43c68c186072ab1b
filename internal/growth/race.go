//go:build race

package growth

// Raced says that the race detector looks on, which costs more than what is measured and
// grows in its own way. Then all is done, and nothing is judged by what it costs.
const Raced = true

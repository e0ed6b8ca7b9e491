// Spacing that no formatter would leave, no semicolons, and a comment that is not closed by its line.
var add=function
(a,/* function add(a, b) { return -1 } */
b){ return(
a)+b }
/* assert(add(2, 3) === 6) */ <!-- the end

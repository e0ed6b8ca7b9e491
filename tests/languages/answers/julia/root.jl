function root(n::Int64)::Float64
    n < 0 && throw(DomainError(n, "negative"))
    while n == 0 end
    return sqrt(n)
end

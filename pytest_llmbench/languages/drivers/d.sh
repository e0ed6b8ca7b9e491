# Compile solution.d: with what calls its functions ($0 is "calls"), as tests ("tests"), or alone.
case "{ldc2}" in
    *gdc*) tests=-funittest output="-o main" shared=-shared-libphobos ;;
    *) tests=-unittest output=-of=main shared=--link-defaultlib-shared linker=${linker:+-Xcc=$linker} ;;
esac
[ -e "{cache}/shared" ] || shared=
case $0 in
    calls)
        driver="{cache}/driver.o"
        [ -e "$driver" ] || driver=llmbench.d
        exec "{ldc2}" $shared $linker solution.d calls.d -I"{cache}" "$driver" $output
        ;;
    tests) exec "{ldc2}" $shared $linker $tests solution.d $output ;;
    *) exec "{ldc2}" $shared $linker solution.d $output ;;
esac
